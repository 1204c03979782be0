import { useEffect, useState } from 'react';
import { fetchProduct } from '../api/shop';
import type { Product } from '../api/types';

interface ProductState {
  product: Product | null;
  error: string | null;
  loading: boolean;
}

const START: ProductState = { product: null, error: null, loading: true };

export function useProduct(sku: string): ProductState {
  const [state, setState] = useState<ProductState>(START);

  useEffect(() => {
    const load = async () => {
      setState((old) => ({ ...old, loading: true }));
      try {
        const product = await fetchProduct(sku);
        setState({ product, error: null, loading: false });
      } catch (error) {
        setState({ product: null, error: String(error), loading: false });
      }
    };
    void load();
  }, [sku]);

  return state;
}
