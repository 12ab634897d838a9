-- Texts to begin a message to somebody with. `{name}`, `{order}` and `{step}` in them stand
-- for what the message is about.
create table message_text (
  name text collate "C" primary key,
  title text not null,
  subject text not null,
  content text not null,
  place integer not null
);
insert into message_text (name, title, subject, content, place) values
  ('delay', 'It takes longer', 'Your order {order} takes longer',
   E'Dear {name},\n\nyour order {order} takes longer than we had planned. We are working on it '
   'and will tell you as soon as it goes on. You need not do anything.', 1),
  ('question', 'Something is missing', 'A question about your order {order}',
   E'Dear {name},\n\nbefore your order {order} can go on we need something from you. Please '
   'call us or answer this message.', 2),
  ('solved', 'It goes on', 'Your order {order} goes on',
   E'Dear {name},\n\nwhat held up your order {order} has been put right, and it goes on now. '
   'Thank you for your patience.', 3);

alter table message_text enable row level security;
alter table message_text force row level security;
create policy app on message_text to trunkline_app using (true);
revoke all on message_text from trunkline_scoped;
