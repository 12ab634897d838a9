-- What a customer is told whose order is promised for no date any more. `{name}` and `{order}`
-- stand for the customer and the order's number.
-- Row-level security watches the owner of the table, too, who has no business in it but here.
alter table message_text no force row level security;
insert into message_text (name, language, title, subject, content, place)
select t.name, t.language, t.title, t.subject, t.content, p.place + 1
from (select coalesce(max(place), 0) as place from message_text) p, (values
  ('promise-withdrawn', '', 'A promise is withdrawn',
   'The date of your order {order} is open again',
   E'Dear {name},\n\nwe cannot keep the date that we promised for your order {order}, and have no '
   'new one yet. You will hear from us as soon as there is one. We are sorry for that.'),
  ('promise-withdrawn', 'de', 'A promise is withdrawn',
   'Der Termin Ihres Auftrags {order} ist wieder offen',
   E'Guten Tag {name},\n\nden Termin, den wir für Ihren Auftrag {order} zugesagt haben, können wir '
   'nicht halten; einen neuen gibt es noch nicht. Sobald er feststeht, melden wir uns. Bitte '
   'entschuldigen Sie das.'),
  ('promise-withdrawn', 'ar', 'A promise is withdrawn',
   'موعد طلبك {order} لم يعد محددًا',
   E'مرحبًا {name}،\n\nلا يمكننا الالتزام بالموعد الذي وعدناك به لطلبك {order}، ولا يوجد موعد جديد '
   'بعد. سنخبرك فور تحديده. نعتذر عن ذلك.')
) t(name, language, title, subject, content)
on conflict (name, language) do nothing;
alter table message_text force row level security;
