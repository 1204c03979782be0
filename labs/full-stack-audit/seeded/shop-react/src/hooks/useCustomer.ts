import { useEffect, useState } from 'react';
import { isAbort } from '../api/client';
import { fetchCustomer } from '../api/shop';
import type { Customer } from '../api/types';

export function useCustomer(id: number): Customer | null {
  const [customer, setCustomer] = useState<Customer | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    fetchCustomer(id, controller.signal)
      .then(setCustomer)
      .catch((error: unknown) => {
        if (!isAbort(error)) {
          console.error('customer', id, error);
          setCustomer(null);
        }
      });
    return () => controller.abort();
  }, [id]);

  return customer;
}
