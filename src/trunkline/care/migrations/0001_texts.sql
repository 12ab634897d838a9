-- What customers are told when a request of theirs takes longer. `{name}`, `{request}` and `{date}`
-- stand for the customer, the request's number and the day that it is promised for now.
-- Row-level security watches the owner of the table, too, who has no business in it but here.
alter table message_text no force row level security;
insert into message_text (name, language, title, subject, content, place)
select t.name, t.language, t.title, t.subject, t.content, p.place + t.place
from (select coalesce(max(place), 0) as place from message_text) p, (values
  ('request-late', '', 'A request takes longer', 'Your request {request} takes longer',
   E'Dear {name},\n\nyour request {request} takes longer than we had planned. We are working on it '
   'and will tell you as soon as it is done. You need not do anything.', 1),
  ('request-late', 'de', 'A request takes longer', 'Ihr Anliegen {request} dauert länger',
   E'Guten Tag {name},\n\nIhr Anliegen {request} dauert länger als geplant. Wir arbeiten daran und '
   'melden uns, sobald es erledigt ist. Sie müssen nichts tun.', 1),
  ('request-late', 'ar', 'A request takes longer', 'طلبك {request} يستغرق وقتًا أطول',
   E'مرحبًا {name}،\n\nيستغرق طلبك {request} وقتًا أطول مما خططنا له. نعمل عليه وسنخبرك فور إنجازه. '
   'لا يلزمك فعل أي شيء.', 1),
  ('request-moved', '', 'A request is promised for later',
   'Your request {request} takes until {date}',
   E'Dear {name},\n\nyour request {request} takes longer than we had planned: we expect to have it '
   'done by {date}. You need not do anything.', 2),
  ('request-moved', 'de', 'A request is promised for later',
   'Ihr Anliegen {request} dauert bis {date}',
   E'Guten Tag {name},\n\nIhr Anliegen {request} dauert länger als geplant: Wir rechnen damit, dass '
   'es bis {date} erledigt ist. Sie müssen nichts tun.', 2),
  ('request-moved', 'ar', 'A request is promised for later', 'طلبك {request} يستغرق حتى {date}',
   E'مرحبًا {name}،\n\nيستغرق طلبك {request} وقتًا أطول مما خططنا له: نتوقع إنجازه حتى {date}. '
   'لا يلزمك فعل أي شيء.', 2)
) t(name, language, title, subject, content, place)
on conflict (name, language) do nothing;
alter table message_text force row level security;
