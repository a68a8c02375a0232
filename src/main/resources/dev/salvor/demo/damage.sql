-- What a migration against the wrong database does.
drop table order_items cascade;
delete from orders where id % 3 = 0;
update customers set email = 'customer' || id || '@invalid';
