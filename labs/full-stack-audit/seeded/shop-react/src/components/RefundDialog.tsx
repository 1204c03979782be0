import { useState } from 'react';
import { refundOrder } from '../api/shop';
import type { Order } from '../api/types';
import { euros } from '../lib/money';

export function RefundDialog({ order, onDone }: { order: Order; onDone: (order: Order) => void }) {
  const [key] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function refund() {
    setBusy(true);
    setError(null);
    try {
      onDone(await refundOrder(order.id, order.totalCents, key));
    } catch (reason) {
      setError(String(reason));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div role="dialog">
      <p>
        Refund {euros(order.totalCents)} for order {order.id}?
      </p>
      {error && <p role="alert">{error}</p>}
      <button disabled={busy} onClick={refund}>
        Refund
      </button>
    </div>
  );
}
