"""Engines that run a system for many subjects."""
