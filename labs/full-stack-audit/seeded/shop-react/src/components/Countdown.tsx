import { useEffect, useState } from 'react';

/** Seconds until a reservation ends. */
export function Countdown({ endsAt }: { endsAt: number }) {
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);

  const seconds = Math.max(0, Math.round((endsAt - now) / 1000));
  return <time>{seconds} s</time>;
}
