import { useMemo, useState } from 'react';
import type { Order, OrderStatus } from '../api/types';
import { OrderTable } from '../components/OrderTable';
import { RefundDialog } from '../components/RefundDialog';
import { useOrders } from '../hooks/useOrders';

const STATUSES: OrderStatus[] = ['pending', 'paid', 'shipped', 'cancelled'];

export function OrdersPage() {
  const [status, setStatus] = useState<OrderStatus>('paid');
  const [after, setAfter] = useState<string | undefined>();
  const [open, setOpen] = useState<Order | null>(null);
  const filter = useMemo(() => ({ status, after }), [status, after]);
  const { orders, next, error } = useOrders(filter);

  return (
    <main>
      <select
        value={status}
        onChange={(event) => {
          setStatus(event.target.value as OrderStatus);
          setAfter(undefined);
        }}
      >
        {STATUSES.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {error && <p role="alert">{error}</p>}
      <OrderTable orders={orders} onOpen={setOpen} />
      {next && <button onClick={() => setAfter(next)}>More</button>}
      {open && <RefundDialog key={open.id} order={open} onDone={() => setOpen(null)} />}
    </main>
  );
}

/** The start page's short list of what came in last. */
export function LatestOrders({ onOpen }: { onOpen: (order: Order) => void }) {
  const { orders, error } = useOrders();
  if (error) return <p role="alert">{error}</p>;
  return <OrderTable orders={orders.slice(0, 5)} onOpen={onOpen} />;
}
