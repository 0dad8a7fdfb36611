-- SPDX-License-Identifier: Apache-2.0
-- The tables of a keyring, in the first schema of the search path. Version 1.

CREATE TABLE kmsigner_migrations (
    version integer PRIMARY KEY,
    applied timestamptz NOT NULL DEFAULT now()
);

-- One row: which keyring this is, and how keys derive from its password, if it has one.
CREATE TABLE kmsigner_keyring (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    id         text    NOT NULL,
    salt       bytea   NOT NULL,
    iterations integer NOT NULL
);

-- Data keys, each wrapped by a key-encryption key. The one with the largest number is
-- the one that encrypts and authenticates what is written.
CREATE TABLE kmsigner_data_keys (
    id      text COLLATE "C" PRIMARY KEY,
    number  bigint NOT NULL UNIQUE,
    kek     text   NOT NULL,
    wrapped bytea  NOT NULL
);

CREATE SEQUENCE kmsigner_numbers;

CREATE TABLE kmsigner_keys (
    key_id          text COLLATE "C" PRIMARY KEY,
    number          bigint      NOT NULL UNIQUE, -- keys are listed in this order
    key_spec        text        NOT NULL,
    state           text        NOT NULL,
    created         timestamptz NOT NULL,
    deletion_date   timestamptz,
    description     text        NOT NULL,
    primary_version text COLLATE "C" NOT NULL,
    versions        integer     NOT NULL,        -- how many it has
    aliases         text[] COLLATE "C" NOT NULL, -- sorted
    revision        bigint      NOT NULL,        -- one more with each change
    data_key        text COLLATE "C" NOT NULL REFERENCES kmsigner_data_keys (id),
    tag             bytea       NOT NULL         -- HMAC-SHA-256 of all of the above
);
CREATE INDEX kmsigner_keys_data_key ON kmsigner_keys (data_key);
CREATE INDEX kmsigner_keys_deletion_date ON kmsigner_keys (deletion_date) WHERE deletion_date IS NOT NULL;
-- For an alias without a row below, which a change by hand may have removed.
CREATE INDEX kmsigner_keys_aliases ON kmsigner_keys USING gin (aliases) WITH (fastupdate = off);

CREATE TABLE kmsigner_versions (
    key_id     text COLLATE "C" NOT NULL REFERENCES kmsigner_keys (key_id) ON DELETE CASCADE,
    version_id text COLLATE "C" NOT NULL,
    number     integer     NOT NULL, -- from 1, the oldest
    created    timestamptz NOT NULL,
    public     bytea       NOT NULL, -- SubjectPublicKeyInfo, DER
    data_key   text COLLATE "C" NOT NULL REFERENCES kmsigner_data_keys (id),
    sealed     bytea       NOT NULL, -- AES-256-GCM: nonce, PKCS #8 encrypted, tag
    PRIMARY KEY (key_id, version_id),
    UNIQUE (key_id, number)
);
CREATE INDEX kmsigner_versions_data_key ON kmsigner_versions (data_key);

CREATE TABLE kmsigner_aliases (
    alias  text COLLATE "C",
    key_id text COLLATE "C" NOT NULL REFERENCES kmsigner_keys (key_id) ON DELETE CASCADE,
    PRIMARY KEY (alias) INCLUDE (key_id)
);
CREATE INDEX kmsigner_aliases_key_id ON kmsigner_aliases (key_id);

-- How many keys there are among each 512 numbers, so that neither the total nor a page
-- far down the list has to count them all.
CREATE TABLE kmsigner_counts (
    block bigint PRIMARY KEY, -- number / 512
    keys  bigint NOT NULL
);

CREATE FUNCTION kmsigner_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO kmsigner_counts AS c (block, keys)
            SELECT number / 512, count(*) FROM changed GROUP BY 1 ORDER BY 1
            ON CONFLICT (block) DO UPDATE SET keys = c.keys + excluded.keys;
    ELSE
        UPDATE kmsigner_counts c SET keys = c.keys - d.keys
            FROM (SELECT number / 512 AS block, count(*) AS keys FROM changed GROUP BY 1) d WHERE c.block = d.block;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER kmsigner_keys_inserted AFTER INSERT ON kmsigner_keys
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION kmsigner_count();
CREATE TRIGGER kmsigner_keys_deleted AFTER DELETE ON kmsigner_keys
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION kmsigner_count();

INSERT INTO kmsigner_migrations (version) VALUES (1);
