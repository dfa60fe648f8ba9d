//! Journeys: synthetic requests that walk through the system as a user would.
