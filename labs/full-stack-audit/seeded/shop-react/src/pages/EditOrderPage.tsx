import { useState } from 'react';
import type { Order, OrderLine } from '../api/types';
import { LinesEditor } from '../components/LinesEditor';
import { LowStockAlert } from '../components/LowStockAlert';

const LOW = 3;

export function EditOrderPage({ order, onSave }: { order: Order; onSave: (lines: OrderLine[]) => void }) {
  const [lines, setLines] = useState(order.lines);
  const changed = lines !== order.lines;

  return (
    <main>
      <LinesEditor lines={lines} onChange={setLines} />
      {lines.map((line) => (
        <LowStockAlert key={line.sku} sku={line.sku} below={LOW} />
      ))}
      <button disabled={!changed} onClick={() => onSave(lines)}>
        Save
      </button>
    </main>
  );
}
