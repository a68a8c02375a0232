-- A shop of some 100 MB: what a real database has beside rows (keys, a partitioned table, a type, a
-- view, a materialized view, a function, a trigger, large objects, grants).
create type order_state as enum ('new', 'paid', 'shipped', 'returned');

create table customers (
  id bigint generated always as identity primary key,
  email text not null unique,
  name text not null,
  address jsonb not null,
  created_at timestamptz not null);

create table products (
  id bigint generated always as identity primary key,
  sku text not null unique,
  name text not null,
  description text not null,
  price numeric(10, 2) not null check (price > 0));

create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  state order_state not null,
  total numeric(12, 2) not null,
  created_at timestamptz not null);

create table order_items (
  order_id bigint not null,
  line int not null,
  product_id bigint not null,
  quantity int not null check (quantity > 0),
  price numeric(10, 2) not null);

create table events (
  id bigint generated always as identity,
  at timestamptz not null,
  kind text not null,
  detail jsonb not null) partition by list (kind);
create table events_view partition of events for values in ('view');
create table events_other partition of events default;

insert into customers (email, name, address, created_at)
select 'customer' || n || '@example.org', 'Customer ' || md5(n::text),
  jsonb_build_object('street', md5('street' || n), 'city', 'City ' || n % 977, 'zip', lpad((n * 7 % 99999)::text, 5, '0')),
  now() - (n % 1500) * interval '1 day'
from generate_series(1, 60000) n;

insert into products (sku, name, description, price)
select 'SKU-' || lpad(n::text, 6, '0'), 'Product ' || n, repeat(md5(n::text) || ' ', 8), 1 + n % 500 + 0.99
from generate_series(1, 3000) n;

insert into orders (customer_id, state, total, created_at)
select 1 + (n * 7919) % 60000, (array['new', 'paid', 'shipped', 'returned'])[1 + n % 4]::order_state,
  10 + n % 900 + 0.5, now() - (150000 - n) * interval '3 minutes'
from generate_series(1, 150000) n;

insert into order_items
select o, line, 1 + (o * 31 + line) % 3000, 1 + (o + line) % 5, 1 + (o + line) % 500 + 0.99
from generate_series(1, 150000) o, generate_series(1, 3) line;

insert into events (at, kind, detail)
select now() - n * interval '20 seconds', case when n % 3 = 0 then 'cart' else 'view' end,
  jsonb_build_object('customer', n % 60000, 'path', '/p/' || md5(n::text))
from generate_series(1, 150000) n;

-- After the rows: checking them one by one would take most of the time.
alter table order_items add primary key (order_id, line);
alter table orders add foreign key (customer_id) references customers;
alter table order_items add foreign key (order_id) references orders, add foreign key (product_id) references products;

create index orders_by_customer on orders (customer_id, created_at);
create index order_items_by_product on order_items (product_id);
create index events_by_time on events (at);

create view open_orders as select * from orders where state in ('new', 'paid');
create materialized view revenue as
select date_trunc('month', created_at) as month, sum(total) as total from orders group by 1;

create function order_total(bigint) returns numeric language sql stable
  as 'select sum(quantity * price) from order_items where order_id = $1';

create function touch() returns trigger language plpgsql
  as $$ begin new.created_at := coalesce(new.created_at, now()); return new; end $$;
create trigger orders_touch before insert on orders for each row execute function touch();

select lo_from_bytea(0, decode(repeat(md5(n::text), 64), 'hex')) from generate_series(1, 20) n;

grant select on all tables in schema public to shop_reader;
