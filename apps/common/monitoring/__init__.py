"""What operators' machines ask a web server: is it alive, is it ready, what has it done."""
