//! SLOs: burn rates and error budgets of OpenSLO documents.
