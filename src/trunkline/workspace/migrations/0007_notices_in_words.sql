-- What somebody is told is said in the language of who reads it: `code` names the sentence, `said`
-- holds the values in it. What was told before has neither, and is shown as it was written.
alter table notification
  add column code text collate "C",
  add column said json;
