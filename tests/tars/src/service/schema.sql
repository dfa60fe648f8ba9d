-- One writer at a time: every service runs this when it starts.
BEGIN;
SELECT pg_advisory_xact_lock(7461727301);

CREATE TABLE IF NOT EXISTS trials (
    id              uuid PRIMARY KEY,
    agent_type      text NOT NULL,
    environment     text NOT NULL,
    hyperparameters jsonb NOT NULL,
    num_episodes    integer NOT NULL CHECK (num_episodes BETWEEN 1 AND 1000),
    seed            bigint NOT NULL,
    metadata        jsonb,
    synthetic       boolean NOT NULL,
    status          text NOT NULL DEFAULT 'submitted',
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS eval_jobs (
    id           uuid PRIMARY KEY,
    trial_id     uuid NOT NULL UNIQUE REFERENCES trials ON DELETE CASCADE,
    status       text NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    instance     text,
    error        text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,
    completed_at timestamptz
);

CREATE TABLE IF NOT EXISTS eval_results (
    job_id          uuid PRIMARY KEY REFERENCES eval_jobs ON DELETE CASCADE,
    metrics         jsonb NOT NULL,
    regression      jsonb NOT NULL,
    hyperparameters jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS eval_baselines (
    id              uuid PRIMARY KEY,
    trial_id        uuid UNIQUE,
    job_id          uuid,
    agent_type      text NOT NULL,
    environment     text NOT NULL,
    synthetic       boolean NOT NULL,
    mean_reward     double precision NOT NULL,
    std_reward      double precision NOT NULL,
    min_reward      double precision NOT NULL,
    max_reward      double precision NOT NULL,
    success_rate    double precision NOT NULL CHECK (success_rate BETWEEN 0 AND 1),
    mean_steps      double precision NOT NULL,
    num_episodes    integer NOT NULL,
    hyperparameters jsonb NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    rank            integer NOT NULL CHECK (rank > 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (agent_type, environment, synthetic, rank) DEFERRABLE INITIALLY DEFERRED
);

-- Every baseline there ever was, with the rank it came in at.
CREATE TABLE IF NOT EXISTS baseline_history (
    baseline_id     uuid PRIMARY KEY,
    trial_id        uuid,
    agent_type      text NOT NULL,
    environment     text NOT NULL,
    synthetic       boolean NOT NULL,
    version         bigint NOT NULL,
    rank            integer NOT NULL,
    mean_reward     double precision NOT NULL,
    hyperparameters jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (agent_type, environment, synthetic, version)
);

COMMIT;
