/** Schema `stock` of the second sample database, `warehouse`. */
export const warehouseSql = `
create table stock.supplier (
  supplier_id int primary key,
  name text not null,
  contact_email text not null
);
create table stock.product (
  product_id int primary key,
  name text not null,
  supplier_id int not null references stock.supplier,
  purchase_price numeric(8, 2) not null
);
create table stock.stock_level (
  product_id int primary key references stock.product,
  on_hand int not null,
  reorder_at int not null
);
create table stock.shipment (
  shipment_id int primary key,
  product_id int not null references stock.product,
  quantity int not null,
  shipped_on date not null
);
create view stock.to_reorder as
  select product_id, name, on_hand, reorder_at
  from stock.stock_level join stock.product using (product_id)
  where on_hand <= reorder_at;
comment on table stock.supplier is 'Who delivers records, players and shirts';
comment on table stock.product is 'Things on shelves, unlike tracks';
comment on table stock.stock_level is 'Counted every Monday';
comment on table stock.shipment is 'Goods that left the warehouse';
comment on view stock.to_reorder is 'Products at or below their reorder level';

insert into stock.supplier
select n, 'Supplier ' || n, 'orders' || n || '@supplier.example' from generate_series(1, 25) as n;
insert into stock.product
select n,
  (array['Vinyl record', 'Turntable', 'Headphones', 'T-shirt', 'Poster', 'Record sleeve'])[1 + n % 6] || ' No. ' || n,
  1 + n % 25, 3 + n * 17 % 120
from generate_series(1, 400) as n;
insert into stock.stock_level select product_id, product_id * 31 % 90, 20 from stock.product;
insert into stock.shipment
select n, 1 + n * 41 % 400, 1 + n % 6, date '2024-01-01' + n / 9 from generate_series(1, 8000) as n;
`
