import { useEffect, useState } from 'react';
import { isAbort } from '../api/client';
import { fetchOrders, type OrderFilter } from '../api/shop';
import type { Order } from '../api/types';

interface OrdersState {
  orders: Order[];
  next: string | null;
  error: string | null;
}

export function useOrders(filter: OrderFilter = {}): OrdersState {
  const [state, setState] = useState<OrdersState>({ orders: [], next: null, error: null });

  useEffect(() => {
    const controller = new AbortController();
    fetchOrders(filter, controller.signal)
      .then((page) => setState({ orders: page.rows, next: page.next, error: null }))
      .catch((error: unknown) => {
        if (!isAbort(error)) setState((old) => ({ ...old, error: String(error) }));
      });
    return () => controller.abort();
  }, [filter]);

  return state;
}
