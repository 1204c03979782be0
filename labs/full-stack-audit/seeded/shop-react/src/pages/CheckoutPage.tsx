import { useState } from 'react';
import type { Address, OrderDraft } from '../api/types';
import { AddressForm } from '../components/AddressForm';
import { Countdown } from '../components/Countdown';
import { ConfirmPage } from './ConfirmPage';

const RESERVED_MS = 15 * 60 * 1000;

export function CheckoutPage({ cartId }: { cartId: string }) {
  const [draft, setDraft] = useState<OrderDraft | null>(null);
  const [endsAt] = useState(() => Date.now() + RESERVED_MS);
  const review = (address: Address) => setDraft({ cartId, address });

  if (draft) return <ConfirmPage draft={draft} onBack={() => setDraft(null)} />;
  return (
    <main>
      <p>
        Reserved for you: <Countdown endsAt={endsAt} />
      </p>
      <AddressForm onSaved={review} />
    </main>
  );
}
