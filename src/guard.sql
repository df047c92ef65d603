-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION clicktrack" to load this file. \quit

-- Types and toolkit functions are for everyone; tables and the functions that write
-- them are granted one by one.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

