import { useCallback, useEffect, useState } from 'react';
import { isAbort } from '../api/client';
import { fetchCart, saveCart } from '../api/shop';
import type { Cart } from '../api/types';

const QUANTITY_MAX = 99;

export interface CartControls {
  cart: Cart | null;
  error: string | null;
  add: (sku: string, quantity: number) => Promise<void>;
}

function withItem(cart: Cart, sku: string, quantity: number): Cart {
  const known = cart.items.find((item) => item.sku === sku);
  const total = Math.min(QUANTITY_MAX, (known?.quantity ?? 0) + quantity);
  const others = cart.items.filter((item) => item.sku !== sku);
  return { ...cart, items: [...others, { sku, quantity: total }] };
}

/** The cart of the signed-in customer; it lives on the server. */
export function useCart(): CartControls {
  const [cart, setCart] = useState<Cart | null>(null);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    fetchCart(controller.signal)
      .then(setCart)
      .catch((reason: unknown) => {
        if (!isAbort(reason)) setError(String(reason));
      });
    return () => controller.abort();
  }, []);

  const add = useCallback(async (sku: string, quantity: number) => {
    try {
      const current = await fetchCart();
      const saved = await saveCart(withItem(current, sku, quantity));
      setCart(saved);
      setError(null);
    } catch (reason) {
      setError(String(reason));
    }
  }, []);

  return { cart, error, add };
}
