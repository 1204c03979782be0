// The standard library's server: one goroutine a connection.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	query   = "select name, price_cents, stock from item where id = $1"
	timeout = 30 * time.Second
)

type product struct {
	Available   bool     `json:"available"`
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	PriceCents  int32    `json:"price_cents"`
	Stock       int32    `json:"stock"`
	Tags        []string `json:"tags"`
	WeightGrams int32    `json:"weight_grams"`
}

type item struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	PriceCents int32  `json:"price_cents"`
	Stock      int32  `json:"stock"`
}

type relayed struct {
	Answer string `json:"answer"`
}

type server struct {
	pool       *pgxpool.Pool
	client     *http.Client
	dependency string
}

// A limit admits so many calls at once and refuses one more at once; nil is no limit.
type limit chan struct{}

func main() {
	s := &server{
		pool:       connect(),
		client:     newClient(),
		dependency: "http://127.0.0.1:" + os.Getenv("DEPENDENCY") + "/?ms=",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /json", s.json)
	mux.HandleFunc("GET /db", newLimit("LIMIT_DB").around(s.db))
	mux.HandleFunc("GET /slow", newLimit("LIMIT_SLOW").around(s.slow))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}

func newLimit(name string) limit {
	calls, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return nil
	}
	return make(limit, calls)
}

func (l limit) around(handle http.HandlerFunc) http.HandlerFunc {
	if l == nil {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case l <- struct{}{}:
			defer func() { <-l }()
			handle(w, r)
		default:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
	}
}

func connect() *pgxpool.Pool {
	if os.Getenv("DATABASE_HOST") == "" {
		return nil
	}
	size := os.Getenv("POOL")
	where := fmt.Sprintf("host=%s port=%s user=%s dbname=%s", os.Getenv("DATABASE_HOST"),
		os.Getenv("DATABASE_PORT"), os.Getenv("DATABASE_USER"), os.Getenv("DATABASE_NAME"))
	pool, err := pgxpool.New(context.Background(),
		fmt.Sprintf("%s pool_min_conns=%s pool_max_conns=%s", where, size, size))
	if err != nil {
		log.Fatal(err)
	}
	return pool
}

// The default keeps two idle connections a host and would open one for nearly every call.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = 10_000
	return &http.Client{Transport: transport, Timeout: timeout}
}

func (s *server) json(w http.ResponseWriter, r *http.Request) {
	reply(w, product{
		Available: true, ID: 4711, Name: "Folding bicycle, 20 inch", PriceCents: 89900, Stock: 12,
		Tags: []string{"city", "folding", "bicycle"}, WeightGrams: 11800,
	}, nil)
}

func (s *server) db(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
	found := item{ID: id}
	if err == nil {
		err = s.pool.QueryRow(r.Context(), query, id).Scan(&found.Name, &found.PriceCents, &found.Stock)
	}
	reply(w, found, err)
}

func (s *server) slow(w http.ResponseWriter, r *http.Request) {
	answer, err := s.call(r.Context(), r.URL.Query().Get("ms"))
	reply(w, relayed{answer}, err)
}

func (s *server) call(ctx context.Context, milliseconds string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.dependency+milliseconds, nil)
	if err != nil {
		return "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func reply(w http.ResponseWriter, answer any, err error) {
	var body []byte
	if err == nil {
		body, err = json.Marshal(answer)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}
