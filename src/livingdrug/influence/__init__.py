"""What matters: how read-outs of a model follow its parameters, and how much of it is assumed."""
