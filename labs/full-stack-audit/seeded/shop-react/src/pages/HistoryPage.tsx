import { useEffect, useState } from 'react';
import { isAbort } from '../api/client';
import { fetchHistory } from '../api/shop';
import type { Order } from '../api/types';
import { euros } from '../lib/money';

export function HistoryPage({ customerId }: { customerId: number }) {
  const [orders, setOrders] = useState<Order[] | null>(null);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const controller = new AbortController();
    fetchHistory(customerId, controller.signal)
      .then((rows) => {
        if (!controller.signal.aborted) setOrders(rows);
      })
      .catch((error: unknown) => setFailed(!isAbort(error)));
    return () => controller.abort();
  }, [customerId]);

  if (failed) return <p role="alert">Your orders could not be loaded.</p>;
  if (!orders) return <p>Loading…</p>;
  if (orders.length === 0) return <p>You have not ordered anything yet.</p>;
  return (
    <ul>
      {orders.map((order) => (
        <li key={order.id}>
          {order.createdAt.slice(0, 10)} {euros(order.totalCents)}
        </li>
      ))}
    </ul>
  );
}
