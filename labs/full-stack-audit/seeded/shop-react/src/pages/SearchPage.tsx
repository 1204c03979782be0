import { useState } from 'react';
import { useSearch } from '../hooks/useSearch';
import { euros } from '../lib/money';

export function SearchPage({ onPick }: { onPick: (sku: string) => void }) {
  const [text, setText] = useState('');
  const { products, error } = useSearch(text);

  return (
    <main>
      <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      {error && <p role="alert">{error}</p>}
      <ul>
        {products.map((product) => (
          <li key={product.sku}>
            <button onClick={() => onPick(product.sku)}>{product.title}</button> {euros(product.priceCents)}
          </li>
        ))}
      </ul>
    </main>
  );
}
