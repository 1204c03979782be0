import { useEffect, useState } from 'react';
import { placeOrder } from '../api/shop';
import type { Order, OrderDraft } from '../api/types';
import { euros } from '../lib/money';
import { ComplaintForm } from '../components/ComplaintForm';

interface Props {
  draft: OrderDraft;
  onBack: () => void;
}

export function ConfirmPage({ draft, onBack }: Props) {
  const [order, setOrder] = useState<Order | null>(null);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    let shown = true;
    placeOrder(draft)
      .then((placed) => shown && setOrder(placed))
      .catch((reason: unknown) => shown && setError(String(reason)));
    return () => {
      shown = false;
    };
  }, [draft]);

  if (error) {
    return (
      <div>
        <p role="alert">{error}</p>
        <button onClick={onBack}>Back to the address</button>
      </div>
    );
  }
  if (!order) return <p>Placing your order…</p>;
  return (
    <main>
      <h1>Thank you</h1>
      <p>
        Order {order.id}, {euros(order.totalCents)}
      </p>
      <ComplaintForm orderId={order.id} />
    </main>
  );
}
