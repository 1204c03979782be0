import { useEffect, useState } from 'react';
import { liveStock } from '../lib/liveStock';

interface Props {
  sku: string;
  initial: number;
}

const FEW = 5;

export function StockBadge({ sku, initial }: Props) {
  const [stock, setStock] = useState(initial);

  useEffect(() => {
    liveStock.subscribe(sku, setStock);
  }, [sku]);

  if (stock === 0) return <span className="badge badge-out">sold out</span>;
  return <span className="badge">{stock <= FEW ? `only ${stock} left` : 'in stock'}</span>;
}
