"""The reference model: one structure for CAR-T and CAR-NK cells, blood and solid tumours."""
