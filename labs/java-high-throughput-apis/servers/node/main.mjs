// Node's own http server; one process a worker under `cluster`, whose primary only watches.
import cluster from "node:cluster";
import http from "node:http";
import pg from "pg";

const { DATABASE_HOST, DATABASE_PORT, DATABASE_USER, DATABASE_NAME, DEPENDENCY, POOL, PORT, WORKERS } = process.env;
const TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 75_000; // the default, 5 s, would cut an open loop's spare connections
const QUERY = { name: "item", text: "select name, price_cents, stock from item where id = $1" };

const product = () => ({
  available: true,
  id: 4711,
  name: "Folding bicycle, 20 inch",
  price_cents: 89900,
  stock: 12,
  tags: ["city", "folding", "bicycle"],
  weight_grams: 11800,
});

const item = async (pool, id) => {
  const { rows } = await pool.query({ ...QUERY, values: [id] });
  return { id, ...rows[0] };
};

const slow = (agent, ms) =>
  new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: DEPENDENCY, path: `/?ms=${ms}`, agent, timeout: TIMEOUT_MS };
    const request = http.get(options, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (answer += part));
      response.on("end", () => resolve({ answer }));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", reject);
  });

const reply = (response, status, answer) => {
  const body = JSON.stringify(answer);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
};

const serve = () => {
  const database = { host: DATABASE_HOST, port: DATABASE_PORT, user: DATABASE_USER, database: DATABASE_NAME };
  const pool = DATABASE_HOST && new pg.Pool({ ...database, max: Number(POOL) });
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 10_000 });
  const number = (url, name) => Number(new URLSearchParams(url.slice(url.indexOf("?"))).get(name));

  const server = http.createServer(async (request, response) => {
    try {
      const path = request.url.split("?", 1)[0];
      if (path === "/json") reply(response, 200, product());
      else if (path === "/db") reply(response, 200, await item(pool, number(request.url, "id")));
      else if (path === "/slow") reply(response, 200, await slow(agent, number(request.url, "ms")));
      else reply(response, 404, { error: "not found" });
    } catch (error) {
      reply(response, 500, { error: error.message });
    }
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen({ port: Number(PORT), host: "127.0.0.1", backlog: 4096 });
};

if (Number(WORKERS) > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker++) cluster.fork();
} else {
  serve();
}
