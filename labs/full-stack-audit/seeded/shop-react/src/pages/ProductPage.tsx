import { StockBadge } from '../components/StockBadge';
import { useCart } from '../hooks/useCart';
import { useOnline } from '../hooks/useOnline';
import { useProduct } from '../hooks/useProduct';
import { euros } from '../lib/money';

export function ProductPage({ sku }: { sku: string }) {
  const { product, error, loading } = useProduct(sku);
  const { cart, add, error: cartError } = useCart();
  const online = useOnline();

  if (error) return <p role="alert">{error}</p>;
  if (loading || !product) return <p>Loading…</p>;
  const inCart = cart?.items.find((item) => item.sku === product.sku)?.quantity ?? 0;

  return (
    <article>
      <h1>{product.title}</h1>
      <p>{euros(product.priceCents)}</p>
      <StockBadge key={product.sku} sku={product.sku} initial={product.stock} />
      <button disabled={!online} onClick={() => void add(product.sku, 1)}>
        Add to cart{inCart > 0 ? ` (${inCart})` : ''}
      </button>
      {cartError && <p role="alert">{cartError}</p>}
    </article>
  );
}
