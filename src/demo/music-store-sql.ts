/**
 * Schema `public` of the sample database `music_store`: the eleven tables that Atlassian's page on preparing
 * PostgreSQL names, with keys, comments and invented rows. Every run makes the same rows.
 */
export const musicStoreSql = `
create table artist (
  artist_id int primary key,
  name text not null
);
create table genre (
  genre_id int primary key,
  name text not null unique
);
create table mediatype (
  mediatype_id int primary key,
  name text not null unique
);
create table employee (
  employee_id int primary key,
  first_name text not null,
  last_name text not null,
  title text not null,
  reports_to int references employee,
  hire_date date not null,
  email text not null unique
);
create table customer (
  customer_id int primary key,
  first_name text not null,
  last_name text not null,
  company text,
  street_address text not null,
  city text not null,
  country text not null,
  postal_code text not null,
  phone text,
  email text not null unique,
  support_employee_id int references employee
);
create table album (
  album_id int primary key,
  title text not null,
  artist_id int not null references artist,
  released date not null
);
create table track (
  track_id int primary key,
  name text not null,
  album_id int not null references album,
  mediatype_id int not null references mediatype,
  genre_id int not null references genre,
  milliseconds int not null check (milliseconds > 0),
  bytes bigint not null,
  unit_price numeric(6, 2) not null
);
create table playlist (
  playlist_id int primary key,
  name text not null
);
create table playlisttrack (
  playlist_id int not null references playlist,
  track_id int not null references track,
  primary key (playlist_id, track_id)
);
create table invoice (
  invoice_id int primary key,
  customer_id int not null references customer,
  invoice_date date not null,
  billing_country text not null,
  total numeric(10, 2) not null
);
create table invoiceline (
  invoiceline_id int primary key,
  invoice_id int not null references invoice,
  track_id int not null references track,
  unit_price numeric(6, 2) not null,
  quantity int not null check (quantity > 0)
);
create index on album (artist_id);
create index on track (album_id);
create index on track (genre_id);
create index on playlisttrack (track_id);
create index on invoice (customer_id);
create index on invoiceline (invoice_id);
create index on invoiceline (track_id);

comment on table artist is 'Bands and musicians whose albums are sold';
comment on table genre is 'What kind of music a track is';
comment on table mediatype is 'The file formats that tracks are delivered in';
comment on table employee is 'Staff of the store';
comment on table customer is 'People who have bought at least once';
comment on table album is 'Albums, one row for each release';
comment on table track is 'Every track that can be bought';
comment on table playlist is 'Playlists put together by the staff';
comment on table playlisttrack is 'Which tracks are on which playlist';
comment on table invoice is 'One row for each purchase';
comment on table invoiceline is 'The tracks of a purchase, at the price of that day';
comment on column employee.email is 'Address at work';
comment on column customer.phone is 'With the country code';
comment on column customer.email is 'Where receipts are sent';
comment on column customer.support_employee_id is 'Who answers when this customer calls';
comment on column track.milliseconds is 'Playing time';
comment on column track.unit_price is 'In US dollars, for one download';
comment on column invoice.total is 'Sum of the lines, in US dollars';

insert into artist
select n,
  (array['The Paper', 'Northern', 'Velvet', 'Copper', 'Slow', 'Midnight', 'The Honest', 'Glass', 'Salt', 'Wild'])[1 + n % 10]
  || ' ' ||
  (array['Lanterns', 'Harbour', 'Foxes', 'Parade', 'Weather', 'Choir', 'Engines', 'Orchard', 'Satellites', 'Postmen', 'Rivers', 'Quartet'])[1 + n / 10 % 12]
from generate_series(0, 119) as n;

insert into genre
select ordinality, name from unnest(array[
  'Rock', 'Jazz', 'Folk', 'Blues', 'Electronic', 'Classical', 'Reggae', 'Soul', 'Hip Hop', 'Latin', 'Metal', 'Ambient'
]) with ordinality as listed (name, ordinality);

insert into mediatype values (1, 'MP3'), (2, 'AAC'), (3, 'FLAC'), (4, 'Ogg Vorbis'), (5, 'WAV');

insert into employee values
  (1, 'Marta', 'Lindqvist', 'General Manager', null, '2014-03-03', 'marta@musicstore.example'),
  (2, 'Tomas', 'Okafor', 'Sales Manager', 1, '2015-06-15', 'tomas@musicstore.example'),
  (3, 'Ines', 'Barreto', 'Sales Agent', 2, '2017-01-09', 'ines@musicstore.example'),
  (4, 'Yusuf', 'Demir', 'Sales Agent', 2, '2018-09-24', 'yusuf@musicstore.example'),
  (5, 'Anneke', 'de Wit', 'Sales Agent', 2, '2021-04-12', 'anneke@musicstore.example'),
  (6, 'Rahul', 'Menon', 'IT Manager', 1, '2016-11-28', 'rahul@musicstore.example'),
  (7, 'Grace', 'Abara', 'IT Staff', 6, '2019-02-18', 'grace@musicstore.example'),
  (8, 'Pavel', 'Novotny', 'IT Staff', 6, '2022-08-01', 'pavel@musicstore.example');

insert into customer
select n, first_name, last_name,
  case when n % 5 = 0 then last_name || ' Studios' end,
  1 + n * 7 % 190 || ' ' || (array['Mill Lane', 'Station Road', 'Market Square', 'Quay Street', 'Elm Avenue'])[1 + n % 5],
  place[1], place[2],
  lpad((n * 7919 % 100000)::text, 5, '0'),
  case when n % 9 <> 0 then '+' || 30 + n % 60 || ' 555 ' || lpad((n * 104729 % 1000000)::text, 6, '0') end,
  lower(first_name || '.' || replace(last_name, ' ', '') || n) || '@mail.example',
  3 + n % 3
from generate_series(1, 600) as n,
  lateral (select
    (array['Ada', 'Bruno', 'Chidi', 'Dora', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ivana', 'Jonas', 'Keiko', 'Leila', 'Mateo', 'Nadia'])[1 + n % 14] as first_name,
    (array['Almeida', 'Brandt', 'Castellano', 'Dubois', 'Eriksen', 'Ferrari', 'Gruber', 'Hassan', 'Ito', 'Janssen', 'Kowalski'])[1 + n % 11] as last_name,
    (array[['Lisbon', 'Portugal'], ['Leeds', 'United Kingdom'], ['Lyon', 'France'], ['Osaka', 'Japan'], ['Graz', 'Austria'], ['Austin', 'United States'], ['Recife', 'Brazil'], ['Gdansk', 'Poland']]) as places
  ) as invented,
  lateral (select array[places[1 + n % 8][1], places[1 + n % 8][2]] as place) as living;

insert into album
select n,
  (array['Letters from', 'A Map of', 'Songs about', 'The Sound of', 'Waiting for', 'Nothing but', 'Return to', 'Under'])[1 + n % 8]
  || ' ' ||
  (array['Winter', 'the Coast', 'Tomorrow', 'Small Towns', 'the Long Road', 'Sundays', 'Open Windows', 'the Old Bridge', 'Rain'])[1 + n / 8 % 9],
  n % 120,
  date '1998-01-01' + n * 29
from generate_series(1, 340) as n;

insert into track
select n,
  (array['Hold', 'Leave', 'Count', 'Paint', 'Follow', 'Carry', 'Break', 'Remember', 'Borrow', 'Cross'])[1 + n % 10]
  || ' ' ||
  (array['the Light', 'My Name', 'Every Mile', 'the Blue Door', 'What Is Left', 'the Night Train', 'Two Hearts', 'the Echo', 'Your Shadow', 'the Tide', 'a Little Time'])[1 + n / 10 % 11],
  1 + (n - 1) / 10, 1 + n % 5, 1 + (n - 1) / 10 % 12,
  120000 + n * 7993 % 240000,
  4000000 + n::bigint * 15485863 % 9000000,
  case when n % 10 = 0 then 1.99 else 0.99 end
from generate_series(1, 3400) as n;

insert into playlist
select ordinality, name from unnest(array[
  'New Arrivals', 'Slow Morning', 'Late Shift', 'Road Trip', 'Staff Favourites', 'Rainy Day', 'Concentration',
  'Live at the Harbour', 'Before Sleep', 'Kitchen Radio', 'Classics', 'Under Three Minutes'
]) with ordinality as listed (name, ordinality);

insert into playlisttrack
select playlist_id, track_id from playlist, track where (track_id * 31 + playlist_id * 17) % 7 = 0;

insert into invoice
select n, customer_id, date '2022-01-01' + n / 4, country, 0
from generate_series(1, 6000) as n join customer on customer_id = 1 + n * 37 % 600;

insert into invoiceline
select row_number() over (order by invoice_id, line), invoice_id, track_id, unit_price, 1
from invoice, generate_series(0, 4) as line, track
where line <= invoice_id % 5 and track_id = 1 + (invoice_id * 13 + line * 911) % 3400;

update invoice set total = (
  select sum(unit_price * quantity) from invoiceline where invoiceline.invoice_id = invoice.invoice_id
);
`
