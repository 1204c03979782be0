import { useState, type FormEvent } from 'react';
import { saveAddress } from '../api/shop';
import type { Address } from '../api/types';

const EMPTY: Address = { name: '', street: '', city: '', postcode: '' };
const FIELDS: (keyof Address)[] = ['name', 'street', 'city', 'postcode'];

/** Mount it with the customer's id as key, so that each customer gets a fresh form. */
export function AddressForm({ initial = EMPTY, onSaved }: { initial?: Address; onSaved: (a: Address) => void }) {
  const [address, setAddress] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const complete = FIELDS.every((field) => address[field].trim() !== '');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !complete) return;
    setBusy(true);
    setError(null);
    try {
      await saveAddress(address);
      onSaved(address);
    } catch (reason) {
      setError(String(reason));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit}>
      {FIELDS.map((field) => (
        <label key={field}>
          {field}
          <input
            value={address[field]}
            onChange={(event) => setAddress((old) => ({ ...old, [field]: event.target.value }))}
          />
        </label>
      ))}
      {error && <p role="alert">{error}</p>}
      <button disabled={busy || !complete}>Save</button>
    </form>
  );
}
