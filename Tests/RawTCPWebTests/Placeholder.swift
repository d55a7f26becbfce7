// Placeholder, goes away with the first test.
