import { useState } from 'react';
import type { OrderLine } from '../api/types';
import { euros } from '../lib/money';

interface EditorProps {
  lines: OrderLine[];
  onChange: (lines: OrderLine[]) => void;
}

interface LineProps {
  line: OrderLine;
  onQuantity: (quantity: number) => void;
  onRemove: () => void;
}

/** The text is kept while it is typed and handed on once it is a number. */
function LineRow({ line, onQuantity, onRemove }: LineProps) {
  const [text, setText] = useState(String(line.quantity));
  const value = Number(text);
  const valid = Number.isInteger(value) && value > 0 && value < 100;

  return (
    <li>
      <span>{line.title}</span>
      <input
        aria-invalid={!valid}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => valid && onQuantity(value)}
      />
      <span>{euros(line.unitCents)}</span>
      <button type="button" onClick={onRemove}>
        remove
      </button>
    </li>
  );
}

export function LinesEditor({ lines, onChange }: EditorProps) {
  const replace = (at: number, quantity: number) =>
    onChange(lines.map((line, index) => (index === at ? { ...line, quantity } : line)));
  const total = lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);

  return (
    <section>
      <ul>
        {lines.map((line, index) => (
          <LineRow
            key={`line-${index}`}
            line={line}
            onQuantity={(quantity) => replace(index, quantity)}
            onRemove={() => onChange(lines.filter((_, other) => other !== index))}
          />
        ))}
      </ul>
      <p>Total {euros(total)}</p>
    </section>
  );
}
