//! Jaeger: api_v3 first, v1 as fallback.
