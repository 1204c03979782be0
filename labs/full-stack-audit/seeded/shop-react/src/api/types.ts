export interface Product {
  sku: string;
  title: string;
  priceCents: number;
  stock: number;
}

export interface Customer {
  id: number;
  name: string;
  email: string;
}

export interface OrderLine {
  sku: string;
  title: string;
  quantity: number;
  unitCents: number;
}

export type OrderStatus = 'pending' | 'paid' | 'shipped' | 'cancelled';

export interface Order {
  id: number;
  customerId: number;
  status: OrderStatus;
  totalCents: number;
  createdAt: string;
  lines: OrderLine[];
}

export interface CartItem {
  sku: string;
  quantity: number;
}

export interface Cart {
  id: string;
  version: number;
  items: CartItem[];
}

export interface Address {
  name: string;
  street: string;
  city: string;
  postcode: string;
}

export interface OrderDraft {
  cartId: string;
  address: Address;
}

export interface Page<T> {
  rows: T[];
  next: string | null;
}
