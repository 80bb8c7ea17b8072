/**
 * Schema `reporting` of the sample database `music_store`: one of each thing that makes granting harder than
 * it looks. It reads the tables of music-store-sql.ts.
 */
export const reportingSql = `
create view reporting.daily_revenue as
  select invoice_date as day, count(*) as purchases, sum(total) as revenue from public.invoice group by 1;
comment on view reporting.daily_revenue is 'Purchases and revenue of each day';

create materialized view reporting.artist_sales as
  select artist.artist_id, artist.name, count(*) as tracks_sold, sum(invoiceline.unit_price) as revenue
  from public.invoiceline
  join public.track using (track_id)
  join public.album using (album_id)
  join public.artist using (artist_id)
  group by 1, 2;
comment on materialized view reporting.artist_sales is 'What each artist has sold; refreshed every night';

create materialized view reporting.customer_value as
  select customer_id, sum(total) as spent, max(invoice_date) as last_purchase from public.invoice group by 1
  with no data;
comment on materialized view reporting.customer_value is 'Waiting for its first refresh: reading it is an error';

create table reporting.play_event (
  played_at timestamptz not null,
  track_id int not null,
  customer_id int not null,
  seconds int not null
) partition by range (played_at);
create table reporting.play_event_2024 partition of reporting.play_event
  for values from ('2024-01-01 00:00+00') to ('2025-01-01 00:00+00');
create table reporting.play_event_2025 partition of reporting.play_event
  for values from ('2025-01-01 00:00+00') to ('2026-01-01 00:00+00');
create table reporting.play_event_2026 partition of reporting.play_event
  for values from ('2026-01-01 00:00+00') to ('2027-01-01 00:00+00');
comment on table reporting.play_event is 'Every time a track is played; one partition a year';
insert into reporting.play_event
select timestamptz '2024-01-01 00:00+00' + n * interval '47 minutes', 1 + n * 53 % 3400, 1 + n * 29 % 600, 30 + n % 240
from generate_series(1, 30000) as n;

create table reporting."Monthly Sales" (
  "Month" date primary key,
  "Revenue (USD)" numeric(12, 2) not null
);
comment on table reporting."Monthly Sales" is 'Loaded from a spreadsheet, names and all';
insert into reporting."Monthly Sales"
select date_trunc('month', invoice_date)::date, sum(total) from public.invoice group by 1;

create table reporting.newsletter_subscriber (
  subscriber_id int primary key,
  full_name text not null,
  email text not null,
  phone_number text,
  birth_date date,
  home_address text,
  signup_ip inet not null,
  favourite_genre text not null,
  subscribed_at timestamptz not null
);
comment on table reporting.newsletter_subscriber is 'Personal data: ask before sharing';
comment on column reporting.newsletter_subscriber.signup_ip is 'Kept for proof of consent';
insert into reporting.newsletter_subscriber
select customer_id, first_name || ' ' || last_name, email, phone,
  date '1950-01-01' + customer_id * 37, street_address || ', ' || city,
  inet '198.51.100.0' + customer_id % 256, 'Rock',
  timestamptz '2023-01-01 08:00+00' + customer_id * interval '31 hours'
from public.customer where customer_id % 3 = 0;

create table reporting.royalty_statement (
  artist_id int not null,
  quarter date not null,
  amount_due numeric(12, 2) not null,
  primary key (artist_id, quarter)
);
alter table reporting.royalty_statement enable row level security;
comment on table reporting.royalty_statement is
  'Row-level security without a policy: whoever does not own it reads nothing';
insert into reporting.royalty_statement
select artist_id, date '2026-01-01' + quarter * 91, 100 + artist_id * 13 % 900
from public.artist, generate_series(0, 2) as quarter;
`
