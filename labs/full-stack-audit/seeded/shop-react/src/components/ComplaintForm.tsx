import { useRef, useState, type FormEvent } from 'react';
import { sendComplaint } from '../api/shop';

const PHOTO_MAX_BYTES = 8 * 1024 * 1024;

export function ComplaintForm({ orderId }: { orderId: number }) {
  const photo = useRef<HTMLInputElement>(null);
  const [note, setNote] = useState('');
  const [state, setState] = useState<'open' | 'busy' | 'sent'>('open');
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const file = photo.current?.files?.[0];
    if (!file || state !== 'open') return;
    if (file.size > PHOTO_MAX_BYTES) {
      setError('The photo is too large.');
      return;
    }
    setState('busy');
    setError(null);
    try {
      await sendComplaint(orderId, file, note);
      setState('sent');
    } catch (reason) {
      setError(String(reason));
      setState('open');
    }
  }

  if (state === 'sent') return <p>We will write to you.</p>;
  return (
    <form onSubmit={submit}>
      <input ref={photo} type="file" accept="image/*" />
      <textarea maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
      {error && <p role="alert">{error}</p>}
      <button disabled={state === 'busy'}>Send</button>
    </form>
  );
}
