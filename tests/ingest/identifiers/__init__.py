"""Tests of the gate for names, dates and personal numbers."""
