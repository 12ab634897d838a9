-- The words in the index of the search box, each once, as its terms name them. `pieces` are those of
-- the word from behind its first letter, by which a part from its middle leads to it.
create table search_word (
  term text collate "C" primary key,
  pieces tsvector not null
);
create index search_word_pieces on search_word using gin (pieces) with (fastupdate = off);

alter table search_word enable row level security;
alter table search_word force row level security;
create policy app on search_word to trunkline_app using (true);
revoke all on search_word from trunkline_scoped;
