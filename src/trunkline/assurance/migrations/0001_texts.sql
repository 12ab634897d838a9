-- What all whom a problem hits are told. `{name}`, `{problem}`, `{what}` and `{date}` stand for the
-- customer, the problem's number, what it is called, and the day by which it is expected to be over.
-- Row-level security watches the owner of the table, too, who has no business in it but here.
alter table message_text no force row level security;
insert into message_text (name, language, title, subject, content, place)
select t.name, t.language, t.title, t.subject, t.content, p.place + t.place
from (select coalesce(max(place), 0) as place from message_text) p, (values
  ('outage-begins', '', 'An outage has begun', 'Your service is down: {problem}',
   E'Dear {name},\n\nthere is an outage that hits your service ({what}). We are working on it and '
   'will tell you as soon as it is over. You need not call us.', 1),
  ('outage-begins', 'de', 'An outage has begun', 'Ihr Dienst ist gestört: {problem}',
   E'Guten Tag {name},\n\neine Störung betrifft Ihren Dienst ({what}). Wir arbeiten daran und melden '
   'uns, sobald sie behoben ist. Sie müssen nicht anrufen.', 1),
  ('outage-begins', 'ar', 'An outage has begun', 'خدمتك متوقفة: {problem}',
   E'مرحبًا {name}،\n\nهناك عطل يؤثر على خدمتك ({what}). نعمل على إصلاحه وسنخبرك فور انتهائه. '
   'لا حاجة إلى الاتصال بنا.', 1),
  ('outage-over', '', 'An outage is over', 'Your service works again: {problem}',
   E'Dear {name},\n\nthe outage that hit your service ({what}) is over. If something still does not '
   'work, please tell us. We are sorry for the trouble.', 2),
  ('outage-over', 'de', 'An outage is over', 'Ihr Dienst läuft wieder: {problem}',
   E'Guten Tag {name},\n\ndie Störung Ihres Dienstes ({what}) ist behoben. Wenn noch etwas nicht '
   'geht, sagen Sie es uns bitte. Bitte entschuldigen Sie die Umstände.', 2),
  ('outage-over', 'ar', 'An outage is over', 'خدمتك تعمل من جديد: {problem}',
   E'مرحبًا {name}،\n\nانتهى العطل الذي أثر على خدمتك ({what}). إذا بقي شيء لا يعمل فأخبرنا من فضلك. '
   'نعتذر عن الإزعاج.', 2)
) t(name, language, title, subject, content, place)
on conflict (name, language) do nothing;
alter table message_text force row level security;
