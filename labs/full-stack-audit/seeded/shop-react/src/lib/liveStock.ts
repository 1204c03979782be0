type Listener = (stock: number) => void;

interface StockMessage {
  sku: string;
  stock: number;
}

/** One socket for the whole page; components subscribe per article. */
export class LiveStock {
  private socket: WebSocket | null = null;
  private closed = false;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly url: string) {}

  /** Returns the function that ends the subscription. */
  subscribe(sku: string, listener: Listener): () => void {
    let group = this.listeners.get(sku);
    if (!group) {
      group = new Set();
      this.listeners.set(sku, group);
      this.tell('watch', sku);
    }
    group.add(listener);
    this.open();
    return () => {
      group.delete(listener);
      if (group.size === 0 && this.listeners.get(sku) === group) {
        this.listeners.delete(sku);
        this.tell('unwatch', sku);
      }
    };
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
    this.listeners.clear();
  }

  private open(): void {
    if (this.socket || this.closed) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      for (const sku of this.listeners.keys()) this.tell('watch', sku);
    };
    socket.onmessage = (event) => this.deliver(String(event.data));
    socket.onclose = () => {
      this.socket = null;
      if (!this.closed) {
        setTimeout(() => this.open(), 1000);
      }
    };
  }

  private tell(action: 'watch' | 'unwatch', sku: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ action, sku }));
    }
  }

  private deliver(data: string): void {
    let message: StockMessage;
    try {
      message = JSON.parse(data) as StockMessage;
    } catch (error) {
      console.warn('stock message not understood', error);
      return;
    }
    this.listeners.get(message.sku)?.forEach((listener) => listener(message.stock));
  }
}

export const liveStock = new LiveStock(`wss://${location.host}/live/stock`);
