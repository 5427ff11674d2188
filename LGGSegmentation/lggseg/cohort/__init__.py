"""Many patients: tables, the prepared data set, features and agreement."""
