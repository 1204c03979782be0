import { useEffect, useState } from 'react';
import { liveStock } from '../lib/liveStock';

/** For the back office: speaks up once an article runs low. */
export function LowStockAlert({ sku, below }: { sku: string; below: number }) {
  const [low, setLow] = useState(false);

  useEffect(
    () => liveStock.subscribe(sku, (stock) => setLow(stock < below)),
    [sku, below],
  );

  return low ? <p role="alert">{sku} is running low</p> : null;
}
