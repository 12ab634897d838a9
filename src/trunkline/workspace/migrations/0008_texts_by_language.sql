-- A text may be said in several languages; what has no language of its own stands under ''.
alter table message_text add column language text collate "C" not null default '';
alter table message_text drop constraint message_text_pkey;
alter table message_text add primary key (name, language);
-- Row-level security watches the owner of the table, too, who has no business in it but here.
alter table message_text no force row level security;
insert into message_text (name, language, title, subject, content, place)
select t.name, 'de', t.title, g.subject, g.content, t.place
from message_text t join (values
  ('delay', 'Ihre Bestellung {order} dauert länger',
   E'Guten Tag {name},\n\nIhre Bestellung {order} dauert länger als geplant. Wir arbeiten daran und '
   'melden uns, sobald es weitergeht. Sie müssen nichts tun.'),
  ('question', 'Eine Frage zu Ihrer Bestellung {order}',
   E'Guten Tag {name},\n\nbevor es mit Ihrer Bestellung {order} weitergehen kann, brauchen wir noch '
   'etwas von Ihnen. Bitte rufen Sie uns an oder antworten Sie auf diese Nachricht.'),
  ('solved', 'Ihre Bestellung {order} geht weiter',
   E'Guten Tag {name},\n\nwas Ihre Bestellung {order} aufgehalten hat, ist behoben; es geht jetzt '
   'weiter. Vielen Dank für Ihre Geduld.')
) g(name, subject, content) on g.name = t.name and t.language = '';
alter table message_text force row level security;
