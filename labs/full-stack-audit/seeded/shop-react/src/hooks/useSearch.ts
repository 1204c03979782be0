import { useEffect, useState } from 'react';
import { isAbort } from '../api/client';
import { searchProducts } from '../api/shop';
import type { Product } from '../api/types';

const PAUSE_MS = 250;

/** Searches when the typing pauses; an older answer never replaces a newer one. */
export function useSearch(text: string): { products: Product[]; error: string | null } {
  const [products, setProducts] = useState<Product[]>([]);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    if (text.trim() === '') {
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      searchProducts(text, controller.signal)
        .then((page) => {
          setProducts(page.rows);
          setError(null);
        })
        .catch((reason: unknown) => {
          if (!isAbort(reason)) setError(String(reason));
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text]);

  return { products: text.trim() === '' ? [] : products, error };
}
