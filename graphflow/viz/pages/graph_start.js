new View();
