import { get, send, upload } from './client';
import type { Address, Cart, Customer, Order, OrderDraft, OrderStatus, Page, Product } from './types';

const PAGE_SIZE = 25;

export function fetchProduct(sku: string, signal?: AbortSignal): Promise<Product> {
  return get<Product>(`/products/${encodeURIComponent(sku)}`, signal);
}

export function searchProducts(text: string, signal?: AbortSignal): Promise<Page<Product>> {
  const query = new URLSearchParams({ q: text, limit: String(PAGE_SIZE) });
  return get<Page<Product>>(`/products?${query}`, signal);
}

export interface OrderFilter {
  status?: OrderStatus;
  after?: string;
}

export function fetchOrders(filter: OrderFilter, signal?: AbortSignal): Promise<Page<Order>> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (filter.status) query.set('status', filter.status);
  if (filter.after) query.set('after', filter.after);
  return get<Page<Order>>(`/orders?${query}`, signal);
}

export async function fetchHistory(customerId: number, signal?: AbortSignal): Promise<Order[]> {
  try {
    const page = await get<Page<Order>>(`/customers/${customerId}/orders?limit=${PAGE_SIZE}`, signal);
    return page.rows;
  } catch {
    return [];
  }
}

export function fetchCustomer(id: number, signal?: AbortSignal): Promise<Customer> {
  return get<Customer>(`/customers/${id}`, signal);
}

export function fetchCart(signal?: AbortSignal): Promise<Cart> {
  return get<Cart>('/cart', signal);
}

export function saveCart(cart: Cart): Promise<Cart> {
  return send<Cart>('PUT', `/cart/${cart.id}`, { items: cart.items });
}

export function saveAddress(address: Address): Promise<void> {
  return send<void>('PUT', '/me/address', address);
}

export function placeOrder(draft: OrderDraft): Promise<Order> {
  return send<Order>('POST', '/orders', draft);
}

/** The key belongs to the dialog, so a second click on the same dialog refunds nothing more. */
export function refundOrder(id: number, cents: number, key: string): Promise<Order> {
  return send<Order>('POST', `/orders/${id}/refunds`, { cents }, { 'Idempotency-Key': key });
}

export function sendComplaint(orderId: number, photo: File, note: string): Promise<{ id: number }> {
  return upload<{ id: number }>(`/orders/${orderId}/complaints`, photo, note);
}
