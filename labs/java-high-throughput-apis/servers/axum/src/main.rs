//! axum on tokio's own runtime, which starts one worker for each visible processor.

use std::{env, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use deadpool_postgres::{Manager, Pool};
use serde::{Deserialize, Serialize};
use tokio_postgres::NoTls;

const QUERY: &str = "select name, price_cents, stock from item where id = $1";
const TIMEOUT: Duration = Duration::from_secs(30);

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

#[derive(Clone)]
struct Resources {
    pool: Option<Pool>,
    client: reqwest::Client,
    dependency: String,
}

#[derive(Serialize)]
struct Product {
    available: bool,
    id: i64,
    name: String,
    price_cents: i32,
    stock: i32,
    tags: Vec<String>,
    weight_grams: i32,
}

#[derive(Serialize)]
struct Item {
    id: i64,
    name: String,
    price_cents: i32,
    stock: i32,
}

#[derive(Serialize)]
struct Relayed {
    answer: String,
}

#[derive(Deserialize)]
struct Wanted {
    id: i64,
}

#[derive(Deserialize)]
struct Wait {
    ms: u32,
}

#[tokio::main]
async fn main() {
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap();
    let dependency = format!("http://127.0.0.1:{}/?ms=", env::var("DEPENDENCY").unwrap_or_default());
    let app = Router::new()
        .route("/json", get(product))
        .route("/db", get(item))
        .route("/slow", get(slow))
        .with_state(Resources { pool: connect(), client, dependency });
    let address = format!("127.0.0.1:{}", env::var("PORT").unwrap());
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

fn connect() -> Option<Pool> {
    let mut config = tokio_postgres::Config::new();
    config
        .host(env::var("DATABASE_HOST").ok()?)
        .port(env::var("DATABASE_PORT").ok()?.parse().unwrap())
        .user(env::var("DATABASE_USER").ok()?)
        .dbname(env::var("DATABASE_NAME").ok()?);
    let size = env::var("POOL").ok()?.parse().unwrap();
    Some(Pool::builder(Manager::new(config, NoTls)).max_size(size).build().unwrap())
}

async fn product() -> Json<Product> {
    Json(Product {
        available: true,
        id: 4711,
        name: "Folding bicycle, 20 inch".into(),
        price_cents: 89900,
        stock: 12,
        tags: ["city", "folding", "bicycle"].map(String::from).to_vec(),
        weight_grams: 11800,
    })
}

async fn item(State(resources): State<Resources>, Query(wanted): Query<Wanted>) -> Answer<Item> {
    let pool = resources.pool.ok_or_else(|| failed("no database"))?;
    let connection = pool.get().await.map_err(failed)?;
    let statement = connection.prepare_cached(QUERY).await.map_err(failed)?;
    let row = connection.query_one(&statement, &[&wanted.id]).await.map_err(failed)?;
    Ok(Json(Item { id: wanted.id, name: row.get(0), price_cents: row.get(1), stock: row.get(2) }))
}

async fn slow(State(resources): State<Resources>, Query(wait): Query<Wait>) -> Answer<Relayed> {
    let address = format!("{}{}", resources.dependency, wait.ms);
    let response = resources.client.get(address).send().await.map_err(failed)?;
    Ok(Json(Relayed { answer: response.text().await.map_err(failed)? }))
}

fn failed(error: impl ToString) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
