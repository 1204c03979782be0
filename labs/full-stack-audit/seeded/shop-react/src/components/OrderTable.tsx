import type { Order } from '../api/types';
import { useCustomer } from '../hooks/useCustomer';
import { euros } from '../lib/money';

function OrderRow({ order, onOpen }: { order: Order; onOpen: (order: Order) => void }) {
  const customer = useCustomer(order.customerId);
  return (
    <tr onClick={() => onOpen(order)}>
      <td>{order.id}</td>
      <td>{customer?.name ?? '…'}</td>
      <td>{order.status}</td>
      <td>{euros(order.totalCents)}</td>
    </tr>
  );
}

export function OrderTable({ orders, onOpen }: { orders: Order[]; onOpen: (order: Order) => void }) {
  return (
    <table>
      <tbody>
        {orders.map((order) => (
          <OrderRow key={order.id} order={order} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}
