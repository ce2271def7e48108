"""SBML: read files of Levels 1 to 3 into a `Model`. libSBML is loaded when a file is read."""
